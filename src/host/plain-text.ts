/* oxlint-disable no-control-regex -- they are what is looked for */
/**
 * Strings to a terminal (a title, a link), from their introducer to their end; sequences that begin with CSI; the other
 * escape sequences. A string without an end loses its introducer alone.
 */
const SEQUENCES =
  /(?:\u{1b}[\]PX^_]|[\u{9d}\u{90}\u{98}\u{9e}\u{9f}])(?:[^\u{7}\u{1b}\u{90}\u{98}\u{9c}-\u{9f}\r\n]*(?:\u{7}|\u{1b}\\|\u{9c}))?|(?:\u{1b}\[|\u{9b})[0-?]*[ -/]*[@-~]|\u{1b}[ -/]*[0-~]/gu

/**
 * What a terminal obeys in place of showing it, tabs and line feeds aside (C0, DEL, C1); and what turns the text beside
 * it or is not seen at all: marks of direction, characters without width, tags but those of a flag. Joiners stay, as
 * words and emoji are made with them.
 */
const CONTROL = String.raw`\0-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}`
const UNSEEN = String.raw`\u{ad}\u{61c}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}`
/** All of it, as a class of a `u` expression. */
export const HIDDEN_CLASS: string = `${CONTROL}${UNSEEN}\\u{e0000}-\\u{e007f}`
const FLAG = String.raw`(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]{0,6})`
const HIDDEN = new RegExp(`[${CONTROL}${UNSEEN}]|${FLAG}[\\u{e0000}-\\u{e007f}]`, 'gu')
const MAY_HIDE = new RegExp(`[${HIDDEN_CLASS}]`, 'u')
/** As JSON has them in a text: UTF-16 units, as an escape is one of these. */
const HIDDEN_UNITS =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g
/** Colours and the like, with their parameters. */
const COLOURS = /\u{1b}\[([\d;:]*)m/gu
/* oxlint-enable no-control-regex */
const DELETE = 0x7f
const FIRST_PRINTABLE = 0x20
const CONTROL_PICTURES = 0x24_00
const RESET = '\u{1b}[0m'
const CONCEAL = 8
/** Parameters that those of a colour follow. */
const COLOUR_FOLLOWS = new Set([38, 48, 58])

/**
 * A text without the escape sequences of terminals. Node's own `stripVTControlCharacters` takes words with them before
 * version 26, and leaves a part of what they said.
 */
export function withoutSequences(text: string): string {
  return text.includes('\u{1b}') || /[\u{90}-\u{9f}]/u.test(text)
    ? text.replaceAll(SEQUENCES, '')
    : text
}

/** A name or a line of others, for people: nothing in it is obeyed by a terminal, turns what stands beside it or is not seen. */
export function withoutHidden(text: string): string {
  return MAY_HIDE.test(text) ? withoutSequences(text).replaceAll(HIDDEN, '') : text
}

/** As {@link withoutHidden}, for longer texts that are read closely: what would not be seen stands there as a sign. */
export function visibleText(text: string): string {
  if (!MAY_HIDE.test(text)) return text
  return withoutSequences(text).replaceAll('\r\n', '\n').replaceAll(HIDDEN, signOf)
}

/**
 * As {@link visibleText}, with its colours, which end where it ends; of a line that is written over the last state
 * counts.
 */
export function colouredText(text: string): string {
  if (!MAY_HIDE.test(text)) return text
  const lines = text.includes('\r') ? lastStates(text) : text
  // Every other part is the parameters of a colour.
  const parts = lines.split(COLOURS)
  const shown = parts.map((part, at) => (at % 2 === 0 ? visibleText(part) : colourOf(part)))
  const last = parts.length > 1 ? parts.at(-2) : '0'
  const whole = shown.join('')
  return last === '' || last === '0' ? whole : whole.replace(/\n?$/u, `${RESET}$&`)
}

/** As {@link visibleText}, with sequences as they stand: nothing disappears. */
export function withSigns(text: string): string {
  return text.replaceAll(HIDDEN, signOf)
}

/** JSON whose text holds nothing of what {@link visibleText} shows: it reads back the same. */
export function visibleJson(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, null, indent)
  return json.replaceAll(HIDDEN_UNITS, (found) =>
    found.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}

function lastStates(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  return lines.map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1)).join('\n')
}

/** Empty for one that hides what follows it. */
function colourOf(parameters: string): string {
  const codes = parameters.split(';').map((code) => Number(code.split(':')[0]))
  const conceals = codes.some((code, at) => code === CONCEAL && !isOfColour(codes, at))
  return conceals ? '' : `\u{1b}[${parameters}m`
}

/** `38;5;8` is a colour, and the 8 in it conceals nothing. */
function isOfColour(codes: readonly number[], at: number): boolean {
  return [2, 3, 4].some((back) => COLOUR_FOLLOWS.has(codes[at - back] ?? 0))
}

function signOf(hidden: string): string {
  const code = hidden.codePointAt(0) ?? 0
  if (code < FIRST_PRINTABLE) return String.fromCodePoint(CONTROL_PICTURES + code)
  return code === DELETE ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
}
