export { EtcdMembers, etcdMembers, type EtcdMembersOptions } from './etcd-members.js';
export { register, type RegisterOptions } from './register.js';
export type { Registration } from './registration.js';
