/**
 * Strings to a terminal (a title, a link), from their introducer to their end; sequences that begin with CSI; the other
 * escape sequences. A string without an end loses its introducer alone.
 */
const SEQUENCES =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /(?:\u{1b}[\]PX^_]|[\u{9d}\u{90}\u{98}\u{9e}\u{9f}])(?:[^\u{7}\u{1b}\u{90}\u{98}\u{9c}-\u{9f}\r\n]*(?:\u{7}|\u{1b}\\|\u{9c}))?|(?:\u{1b}\[|\u{9b})[0-?]*[ -/]*[@-~]|\u{1b}[ -/]*[0-~]/gu

/**
 * A text without the escape sequences of terminals. Node's own `stripVTControlCharacters` takes words with them before
 * version 26, and leaves a part of what they said.
 */
export function withoutSequences(text: string): string {
  return text.includes('\u{1b}') || /[\u{90}-\u{9f}]/u.test(text)
    ? text.replaceAll(SEQUENCES, '')
    : text
}
