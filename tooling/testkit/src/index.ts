export { ChildPeer, startNode, type ProcessEnd, type StartNodeOptions, type StartOptions } from './child-process.js';
export { JsonLines, type JsonObject, type NextLineOptions } from './json-lines.js';
export { installLeakGuard } from './leak-guard.js';
export { describeWithPython, startPython, type PythonPeer } from './python.js';
