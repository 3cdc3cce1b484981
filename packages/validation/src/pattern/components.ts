/**
 * The strongly connected components of a graph, by the number of each node; `undefined` for a node that was not reached (Tarjan, without recursion).
 * No component leads to one of a higher number.
 * @param isStart where to begin; everywhere if left out.
 */
export function components(
  count: number,
  stepsOf: (node: number) => readonly number[],
  isStart: (node: number) => boolean = () => true,
): (number | undefined)[] {
  const component = new Array<number | undefined>(count).fill(undefined);
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const open: number[] = [];
  let [clock, found] = [0, 0];
  for (let start = 0; start < count; start += 1) {
    if (index[start] !== -1 || !isStart(start)) continue;
    const path: { readonly node: number; readonly steps: readonly number[]; next: number }[] = [];
    const enter = (node: number): void => {
      index[node] = low[node] = clock;
      clock += 1;
      open.push(node);
      path.push({ node, steps: stepsOf(node), next: 0 });
    };
    enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node, steps } = top;
      const next = steps[top.next];
      top.next += 1;
      if (next !== undefined) {
        if (index[next] === -1) enter(next);
        else if (component[next] === undefined) low[node] = Math.min(low[node] ?? 0, index[next] ?? 0);
        continue;
      }
      path.pop();
      const parent = path.at(-1)?.node;
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[node] ?? 0);
      if (low[node] !== index[node]) continue;
      for (let member = open.pop(); member !== undefined; member = open.pop()) {
        component[member] = found;
        if (member === node) break;
      }
      found += 1;
    }
  }
  return component;
}
