const INSTALLED = /[\\/]node_modules[\\/]/;
const RELATIVE_JS = /^(\.{1,2}\/.*)\.js$/;

/**
 * Sources import each other as `./x.js`, the name after compiling; under jest the file is `./x.ts`. A `moduleNameMapper` would
 * do the same to installed packages, whose `./x.js` is meant as it stands.
 *
 * @param {string} request
 * @param {{ basedir: string, defaultResolver: (request: string, options: object) => string }} options
 */
module.exports = function resolveSource(request, options) {
  const relative = RELATIVE_JS.exec(request);
  if (relative && !INSTALLED.test(options.basedir)) {
    try {
      return options.defaultResolver(`${relative[1]}.ts`, options);
    } catch {
      // A file that really is JavaScript.
    }
  }
  return options.defaultResolver(request, options);
};
