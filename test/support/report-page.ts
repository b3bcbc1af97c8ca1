import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { PageData, PageRows, ResultDetail } from '../../src/report/html/types.ts'

/** A page taken apart. */
export interface ReadPage {
  text: string
  data: PageData
  rows: PageRows
  details: ResultDetail[]
  /** Types of the embedded files. */
  files: string[]
  /** Directives of its Content-Security-Policy by their names. */
  policy: Map<string, string>
  /** `'sha256-…'` of the scripts that would run and of the style sheets. */
  scripts: string[]
  styles: string[]
  /** Its HTML without what stands in scripts and styles. */
  markup: string
}

/** Reads a page as a browser's parser does: a script element ends at the first `</script`. */
export function readPage(path: string): ReadPage {
  const text = readFileSync(path, 'utf8')
  const elements = [...text.matchAll(/<(script|style)([^>]*)>(.*?)<\/\1\s*>/gis)].map(
    ([, tag = '', attributes = '', content = '']) => ({
      tag: tag.toLowerCase(),
      id: /id="([^"]*)"/.exec(attributes)?.[1] ?? '',
      type: /type="([^"]*)"/.exec(attributes)?.[1] ?? null,
      content,
    }),
  )
  const json = <Type>(id: string): Type =>
    JSON.parse(elements.find((element) => element.id === id)?.content ?? 'null') as Type
  const details = elements
    .filter(({ id }) => id.startsWith('details-'))
    .flatMap(({ content }) => JSON.parse(unpacked(content)) as ResultDetail[])
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? ''
  const hashes = (tag: string): string[] =>
    elements
      .filter((element) => element.tag === tag && element.type === null)
      .map(({ content }) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`)
  return {
    text,
    data: json('page-data'),
    rows: json('page-rows'),
    details: details.toSorted((a, b) => a.row - b.row),
    files: elements.filter(({ id }) => id.startsWith('file-')).map(({ type }) => type ?? ''),
    policy: new Map(
      policy.split('; ').map((directive) => {
        const [name = '', ...values] = directive.split(' ')
        return [name, values.join(' ')]
      }),
    ),
    scripts: hashes('script'),
    styles: hashes('style'),
    markup: text.replaceAll(/<(script|style)([^>]*)>.*?<\/\1\s*>/gis, '<$1$2></$1>'),
  }
}

function unpacked(content: string): string {
  return gunzipSync(Buffer.from(content, 'base64')).toString()
}
