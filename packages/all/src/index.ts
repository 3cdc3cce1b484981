export * from '@liberzmq/core';
