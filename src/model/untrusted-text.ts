// biome-ignore-all lint/suspicious/noControlCharactersInRegex: finding control characters is what this file is for

/**
 * Text from containers, files and programs is data: escape sequences, other control characters and characters
 * that reorder or hide text are taken out, so that it can't move the operator's cursor or set the clipboard.
 * Tabs stay; newlines stay where `keepNewlines` says so.
 */
export function sanitize(text: string, keepNewlines = false): string {
  const plain = stripEscapes(text).replaceAll(/[\u202a-\u202e\u2066-\u2069\u200b\ufeff]/g, '');
  return keepNewlines
    ? plain.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
    : plain.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, '');
}

/** Stands where a text was cut: what is left of a secret before it is known for what it is. */
export const CUT = '…';

/** Text without ANSI escape sequences: CSI, OSC (with its end), DCS and the like, and two-character ones. */
export function stripEscapes(text: string): string {
  return text
    .replaceAll(/\u001b[\]PX^_][\s\S]*?(?:\u0007|\u001b\\|$)/g, '')
    .replaceAll(/(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?/g, '')
    .replaceAll(/\u001b[ -/]*[0-~]?/g, '');
}
