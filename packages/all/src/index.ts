export * from '@liberzmq/core';
export * from '@liberzmq/serializers';
