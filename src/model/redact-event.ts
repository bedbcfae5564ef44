import { type EventBody, eventFields, type FieldSpec } from './events.ts';
import { fail } from './failure.ts';
import type { Json, JsonObject } from './json.ts';
import type { Redactor } from './redactor.ts';
import { isSecretRef } from './secrets.ts';

/**
 * The event as it may be written: text redacted, vocabulary untouched. Throws `bug.secret-in-journal` where a
 * value (an input, an answer, an output) holds a secret: it should have been a reference.
 */
export function redactEvent(event: EventBody, redactor: Redactor): EventBody {
  const specs = eventFields[event.type] as Readonly<Record<string, FieldSpec>>;
  const fields = Object.entries(event).map(([name, value]) => {
    const spec = name === 'type' ? 'vocabulary' : (specs[name] ?? 'text');
    return [name, redactField(value as Json, spec, redactor, `${event.type}.${name}`)];
  });
  return Object.fromEntries(fields) as EventBody;
}

function redactField(value: Json, spec: FieldSpec, redactor: Redactor, place: string): Json {
  if (value === undefined) return value;
  if (spec === 'vocabulary') return value;
  if (spec === 'text') return redactor.redactJson(value);
  if (spec === 'value') {
    if (redactor.finds(withoutRefs(value))) {
      throw fail('bug.secret-in-journal', `A secret was about to be written to the journal, in ${place}.`, {
        fault: 'bug',
        hints: ['Nothing was written. If the value is an input, make it an input of type secret.'],
      });
    }
    return value;
  }
  if ('each' in spec) {
    return (value as readonly Json[]).map((item) => redactField(item, spec.each, redactor, place));
  }
  const object = value as JsonObject;
  const specOf = (key: string): FieldSpec => ('entries' in spec ? spec.entries : (spec.fields[key] ?? 'text'));
  return Object.fromEntries(
    Object.entries(object).map(([key, item]) => [key, redactField(item, specOf(key), redactor, `${place}.${key}`)]),
  );
}

/** The name of a secret is vocabulary, also where a secret's value is such a word. */
function withoutRefs(value: Json): Json {
  if (isSecretRef(value)) return null;
  if (Array.isArray(value)) return value.map(withoutRefs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, item]) => [key, withoutRefs(item)]));
}
