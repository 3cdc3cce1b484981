const U = undefined;

/**
 * An array of so many places, to be filled. One of `new Array` is made for small integers and changes its kind with the first value of another kind,
 * which takes longer than all else about a short array. A literal of `undefined` is made for anything.
 */
export function newArray(length: number): unknown[] {
  switch (length) {
    case 0:
      return [];
    case 1:
      return [U];
    case 2:
      return [U, U];
    case 3:
      return [U, U, U];
    case 4:
      return [U, U, U, U];
    case 5:
      return [U, U, U, U, U];
    case 6:
      return [U, U, U, U, U, U];
    case 7:
      return [U, U, U, U, U, U, U];
    case 8:
      return [U, U, U, U, U, U, U, U];
    default:
      return new Array<unknown>(length);
  }
}
