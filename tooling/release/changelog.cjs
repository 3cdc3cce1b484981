/**
 * What a changelog says of a changeset: the text that was written for users, without the hash of a commit.
 *
 * @param {{ summary: string }} changeset
 * @returns {Promise<string>}
 */
async function getReleaseLine({ summary }) {
  const [first = '', ...others] = summary.trim().split('\n');
  return [`- ${first}`, ...others.map((line) => `  ${line}`)].map((line) => line.trimEnd()).join('\n');
}

/**
 * Nothing: all packages share one version, so that each release brings all of them.
 *
 * @returns {Promise<string>}
 */
async function getDependencyReleaseLine() {
  return '';
}

module.exports = { getReleaseLine, getDependencyReleaseLine };
