/** For a package without a program of its own: what imports it has nothing else to do. */
export async function main(): Promise<void> {}
