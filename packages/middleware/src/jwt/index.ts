export { jwt, type Jwt } from './jwt.js';
export type { JwtKey, JwtOptions } from './jwt-options.js';
