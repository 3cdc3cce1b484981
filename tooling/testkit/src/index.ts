export { ChildPeer, startNode, type ProcessEnd, type StartNodeOptions, type StartOptions } from './child-process.js';
export { JsonLines, type JsonObject, type NextLineOptions } from './json-lines.js';
export { installLeakGuard } from './leak-guard.js';
export { describeWithPython, startPython, type PythonPeer } from './python.js';
export {
  compileExample,
  readExamples,
  readTable,
  testReadmes,
  type ReadmeExample,
  type TestReadmesOptions,
} from './readme-examples.js';
export { describeRequesterLaws, type MakeRequesterHarness, type RequesterHarness } from './requester-laws.js';
