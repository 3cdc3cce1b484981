import { defineLint } from '@liberzmq-tooling/checks/lint';

export default defineLint(import.meta.dirname);
