import type { Sender } from '@liberzmq/core';

/** Wraps a sender, a publisher for one, into one that does more: it sends less often. */
export type SenderLayer = (inner: Sender) => Sender;
