import { REQUEST_CONTENDERS } from '../contenders/contender.mjs';
import { obey } from './orders.mjs';

let close = async () => {};

obey(
  {
    /** @param {{ contender: import('../contenders/contender.mjs').RequestName, setup: import('../contenders/contender.mjs').Setup }} details */
    async serve({ contender, setup }) {
      const serving = await (await REQUEST_CONTENDERS[contender]()).serve(setup);
      close = serving.close;
      return serving.address;
    },
  },
  () => close(),
);
