/** The time in ms, on the one monotonic clock that all processes of a machine share, so that a time taken in one may be subtracted in another. */
export function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
