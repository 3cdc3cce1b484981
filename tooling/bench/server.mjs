import { ours } from './ours.mjs';
import { plain } from './plain.mjs';

const { address, close } = await (process.argv[2] === 'plain' ? plain : ours).serve();
process.send?.({ address });
process.once('disconnect', () => void close());
