export * from '@liberzmq/core';
export * from '@liberzmq/serializers';
export * from '@liberzmq/validation';
export * from '@liberzmq/middleware';
export * from '@liberzmq/pool';
export * from '@liberzmq/balancer';
