export { ChildPeer, startNode, type ProcessEnd, type StartNodeOptions, type StartOptions } from './child-process.js';
export {
  FaultProxy,
  type CutOptions,
  type Direction,
  type FaultCounts,
  type FaultProxyOptions,
  type FaultRecord,
  type FaultScope,
} from './fault-proxy.js';
export type { FlipOptions } from './bit-flips.js';
export { describeWithEtcd, TestEtcd, type TestEtcdOptions } from './etcd.js';
export { freePort } from './free-port.js';
export { JsonLines, type JsonObject, type NextLineOptions } from './json-lines.js';
export { installLeakGuard } from './leak-guard.js';
export {
  openPair,
  PATTERNS,
  SUBJECT,
  type Arrived,
  type MessagePair,
  type PairEnd,
  type PairOptions,
} from './message-pair.js';
export { describeMiddleware, type MiddlewareEnds, type MiddlewareLawOptions } from './middleware-conformance.js';
export { describeWithPython, startPython, TestPython, type PythonPeer } from './python.js';
export {
  compileExample,
  readExamples,
  readTable,
  testReadmes,
  type ReadmeExample,
  type TestReadmesOptions,
} from './readme-examples.js';
export { describeRequesterLaws, type MakeRequesterHarness, type RequesterHarness } from './requester-laws.js';
export { SeededRandom } from './seeded-random.js';
