/** What a literal block holds as it is. */
export const PRINTABLE: RegExp =
  /^[\t\n\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fefe}\u{ff00}-\u{fffd}\u{10000}-\u{10ffff}]*$/u

const PLAIN = /^[A-Za-z/](?:[\w ./()+@=-]*[\w./()+@=-])?$/
const DOUBTFUL = /^(?:true|false|null|yes|no|on|off|y|n)$/i

/** Whether YAML takes a text without quotes for this text and nothing else. */
export function isPlainText(text: string): boolean {
  return PLAIN.test(text) && !DOUBTFUL.test(text)
}
