type Keyword = readonly [name: string, message: string];

/** The keywords that speak of a value as a whole, by what they speak of, each with what to say to people (% is its value). A long text is measured before it is read. */
export const TEXT_KEYWORDS: readonly Keyword[] = [
  ['maxLength', 'must not have more than % characters'],
  ['minLength', 'must not have fewer than % characters'],
  ['format', 'must match format "%"'],
  ['pattern', 'must match pattern "%"'],
];

export const NUMBER_KEYWORDS: readonly Keyword[] = [
  ['exclusiveMinimum', 'must be > %'],
  ['exclusiveMaximum', 'must be < %'],
  ['minimum', 'must be >= %'],
  ['maximum', 'must be <= %'],
  ['multipleOf', 'must be multiple of %'],
];

export const ARRAY_KEYWORDS: readonly Keyword[] = [
  ['minItems', 'must not have fewer than % items'],
  ['maxItems', 'must not have more than % items'],
  ['uniqueItems', 'must not have duplicate items'],
];

export const OBJECT_KEYWORDS: readonly Keyword[] = [
  ['minProperties', 'must not have fewer than % properties'],
  ['maxProperties', 'must not have more than % properties'],
];

/** What to say of a keyword's value. */
export function messageOf(message: string, value: unknown): string {
  return message.replace('%', () => String(value));
}
