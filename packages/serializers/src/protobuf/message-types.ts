import type { Field as SchemaField, MapField as SchemaMapField, Type } from 'protobufjs';
import { nameOf } from './check-schema.js';
import { enumScalar, isClosed } from './enums.js';
import { ListField, MapField, SingleField, type Field } from './fields.js';
import { mapKeyOf } from './map-keys.js';
import { GroupElement, MessageType } from './message-type.js';
import { SCALARS, type Scalar } from './scalars.js';
import { TimestampType } from './timestamp.js';

/** Makes the table of each message type once, from a schema in which all that types refer to is resolved. */
export class MessageTypes {
  readonly #made = new Map<Type, MessageType>();

  of(type: Type): MessageType {
    const made = this.#made.get(type);
    if (made !== undefined) return made;
    const name = nameOf(type);
    const message = name === 'google.protobuf.Timestamp' ? new TimestampType(name) : new MessageType(name);
    // Before its fields, which may be of this type themselves.
    this.#made.set(type, message);
    const fields = type.fieldsArray.toSorted((one, other) => one.id - other.id).map((field) => this.#fieldOf(field));
    const oneofs = type.oneofsArray
      .filter(({ oneof }) => oneof.length > 1)
      .map(({ name: its, oneof }) => ({ name: its, fields: fields.filter((field) => oneof.includes(field.name)) }));
    message.define(fields, oneofs);
    return message;
  }

  #fieldOf(field: SchemaField): Field {
    const { name, id, required: isRequired } = field;
    const facts = { name, id, isRequired };
    const kind = this.#kindOf(field);
    if (field.map) {
      const { keyType } = field as unknown as SchemaMapField;
      const key = mapKeyOf(keyType, SCALARS[keyType] as Scalar);
      return new MapField(facts, key, kind, (reader) =>
        kind instanceof MessageType ? kind.absent(reader) : kind.zero,
      );
    }
    const element = kind instanceof MessageType && field.delimited ? new GroupElement(kind, id) : kind;
    if (field.repeated) return new ListField(facts, element, field.packed);
    const implicit = kind instanceof MessageType || field.hasPresence ? undefined : kind;
    const rivals = field.partOf?.oneof.filter((member) => member !== name);
    return new SingleField(facts, element, implicit, rivals);
  }

  #kindOf({ type, resolvedType, typeDefault }: SchemaField): Scalar | MessageType {
    if (resolvedType === null) return SCALARS[type] as Scalar;
    if ('fields' in resolvedType) return this.of(resolvedType);
    return enumScalar(nameOf(resolvedType), resolvedType.values, typeDefault as number, isClosed(resolvedType));
  }
}
