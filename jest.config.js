import { defineJest } from '@liberzmq-tooling/jest';

export default defineJest();
