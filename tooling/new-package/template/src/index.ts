export { newPackage, type NewPackageOptions } from './new-package.js';
