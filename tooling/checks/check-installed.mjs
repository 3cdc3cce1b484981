import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLER, NODE16, compile } from './installed/compile.mjs';
import { makeProject } from './installed/project.mjs';
import { complaintOf } from './installed/run.mjs';
import { withPacked } from './pack.mjs';

// Each package, as npm would deliver it, in an empty project of a user: by `import` and by `require()`, in TypeScript and as the JavaScript that it becomes.
await withPacked(async (packed, folder) => {
  for (const each of packed) {
    const project = join(realpathSync(folder), 'projects', each.name);
    await makeProject(each, packed, project);
    // This one has all of the others, and so all declarations that they lean on.
    const everything = each.name === '@liberzmq/all';
    const complaints = {
      'types by node16': compile(project, NODE16, { everything }),
      'types by bundler': compile(project, BUNDLER, { everything: false }),
      import: await complaintOf('out/start.mjs', project),
      'require()': await complaintOf('out/start.cjs', project),
    };
    for (const [step, complaint] of Object.entries(complaints)) {
      if (!complaint) continue;
      process.stdout.write(`${each.name}, ${step}: ${complaint}\n`);
      process.exitCode = 1;
    }
  }
  const names = packed.map(({ name }) => name).join(', ');
  process.stdout.write(`used by import and require(), with types by node16 and bundler: ${names}\n`);
});
