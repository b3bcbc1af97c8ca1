import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutText, escapeHtml, oneLine, scriptJson, visible } from './escape.ts'

test('JSON in a script element never holds what could end it, and reads back the same', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = scriptJson(value)
      expect(text).not.toMatch(/[<>&\u2028\u2029]/u)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 30 },
  )
  expect(scriptJson('</script><!--')).toBe(String.raw`"\u003c/script\u003e\u003c!--"`)
})

test('a text in HTML has no character that HTML reads as anything else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeHtml(text).replaceAll(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[&<>"']/)
    }),
  )
})

test('a readable text is well formed and without control characters but tabs and line breaks', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = visible(text)
      expect(shown.isWellFormed()).toBe(true)
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u)
    }),
  )
  expect(visible('\u001B[31mred\u001B[0m \u0000 \u007F\r\n')).toBe('red ␀ ␡\n')
})

test('a text that is cut says how long it was, also where the cut halves a letter', () => {
  expect(cutText('short', 5)).toEqual({ text: 'short' })
  expect(cutText('abc\u{1F914}def', 4)).toEqual({ text: 'abc\uFFFD', length: 8 })
})

test('the beginning of a text is one line', () => {
  expect(oneLine(' a\n\tb  c ', 10)).toBe('a b c')
  expect(oneLine('abcdefgh', 4)).toBe('abc…')
})
