/**
 * A token is a word or one punctuation mark with the white space before it; a character of a script
 * without spaces is a token of its own. Trailing white space makes one more.
 */
const TOKEN =
  /\s*(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]\p{M}*|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{N}\p{M}])+|[^\s\p{L}\p{N}]\p{M}*)|\s+$/gu

/** Splits a text into tokens; joined they are the text again. */
export function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? []
}
