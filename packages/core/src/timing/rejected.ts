/** A promise that is rejected, with whatever was thrown: for functions that never throw at once. */
export async function rejected(error: unknown): Promise<never> {
  throw error;
}
