import {
  AuthenticationError,
  topicPattern,
  type Message,
  type Middleware,
  type Pattern,
  type Principal,
  type TopicPattern,
} from '@liberzmq/core';
import { badOption, checkOptions, describe, option, type OptionCheck } from '@liberzmq/core/options';
import { describeMessage } from './describe-message.js';

/** Who is allowed: whoever has one of the ids, or one of the roles. */
export interface AllowedPrincipals {
  /** By their ids. */
  readonly principals?: readonly string[] | undefined;
  /** By their roles: `principal.roles`, if that is an array of strings. What a token calls `scope` is no role: for that write a function. */
  readonly roles?: readonly string[] | undefined;
}

/** Says who may send what. */
export interface AccessRule {
  /** The actions, topics or task types that it is about: exactly, or as patterns like those of topics (`admin.*`, `admin.>`; `>` for all). */
  readonly subjects: string | readonly string[];
  /**
   * For which patterns it is.
   * @defaultValue all of them
   */
  readonly patterns?: readonly Pattern[] | undefined;
  /** `true` allows everybody, `false` nobody. A function allows only if it returns `true` itself: a promise is not waited for, and allows nothing. */
  readonly allow: boolean | AllowedPrincipals | ((principal: Principal | undefined, message: Message) => boolean);
}

interface ReadRule {
  readonly subjects: readonly TopicPattern[];
  readonly patterns: readonly Pattern[];
  readonly allows: (principal: Principal | undefined, message: Message) => boolean;
}

const PATTERNS: readonly Pattern[] = ['request', 'publish', 'task', 'route'];

/**
 * Lets requests and one-way messages in only where a rule allows it: the first one that is about a message decides, and what none is about is refused, with `FORBIDDEN`. Add it
 * before `auth()`, which says who sends; whoever is not proved is nobody. A server's `ping` is an action as any other.
 * @throws ConfigurationError BAD_OPTION
 * @example
 * ```ts
 * server.addMiddleware(authorize([
 *   { subjects: 'ping', allow: true },
 *   { subjects: 'admin.>', allow: { roles: ['admin'] } },
 *   { subjects: '>', allow: (principal) => principal !== undefined },
 * ])).addMiddleware(auth({ verify }));
 * ```
 */
export function authorize(rules: readonly AccessRule[]): Middleware {
  if (!Array.isArray(rules)) throw badOption(`authorize: the rules must be an array, not ${describe(rules)}`);
  const read = rules.map(readRule);
  return {
    name: 'authorize',
    incoming(message, next) {
      if (message.request !== undefined) return next();
      const { subject, pattern } = message;
      const principal = message.principal ?? message.context?.principal;
      const rule = read.find(
        ({ subjects, patterns }) => patterns.includes(pattern) && subjects.some((each) => each.matches(subject)),
      );
      if (rule?.allows(principal, message) !== true) throw forbidden(message, principal?.id);
      return next();
    },
  };
}

function forbidden(message: Message, principal: string | undefined): AuthenticationError {
  const { pattern, subject } = message;
  const who = principal === undefined ? 'who does not say who that is' : `'${principal}'`;
  return new AuthenticationError('FORBIDDEN', `${describeMessage(message)} is not allowed to ${who}`, {
    details: { pattern, subject, principal },
  });
}

const subjects: OptionCheck = (value) =>
  typeof value === 'string' || option.strings(value) === undefined ? undefined : 'a string or an array of strings';
const patterns: OptionCheck = (value) =>
  Array.isArray(value) && value.every((each) => PATTERNS.includes(each as Pattern))
    ? undefined
    : `an array of ${PATTERNS.map((each) => `'${each}'`).join(', ')}`;
const allow: OptionCheck = (value) =>
  typeof value === 'boolean' || typeof value === 'function' || option.record(value) === undefined
    ? undefined
    : 'true, false, a function, or { principals, roles }';

function readRule(rule: AccessRule, index: number): ReadRule {
  const where = `authorize: rule ${String(index + 1)}`;
  checkOptions(where, rule, { subjects, patterns, allow }, ['subjects', 'allow']);
  return {
    subjects: [rule.subjects].flat().map((text) => topicPattern(text)),
    patterns: rule.patterns ?? PATTERNS,
    allows: readAllow(where, rule.allow),
  };
}

function readAllow(where: string, allowed: AccessRule['allow']): ReadRule['allows'] {
  if (typeof allowed === 'boolean') return () => allowed;
  if (typeof allowed === 'function') return (principal, message) => allowed(principal, message);
  checkOptions(`${where}: allow`, allowed, { principals: option.strings, roles: option.strings });
  const ids = new Set(allowed.principals);
  const roles = new Set(allowed.roles);
  return (principal) =>
    principal !== undefined && (ids.has(principal.id) || rolesOf(principal).some((role) => roles.has(role)));
}

function rolesOf({ roles }: Principal): readonly string[] {
  return option.strings(roles) === undefined ? (roles as readonly string[]) : [];
}
