import { outcomeOf, outcomeText } from '../session/outcome.ts'
import { createHash } from 'node:crypto'
import type { PageAssets } from './assets.ts'
import { escapeHtml, scriptJson } from './escape.ts'
import type { PageData, PageRows } from './types.ts'

/** All that a page is made of. */
export interface PageParts {
  assets: PageAssets
  /** HTML. */
  header: string
  data: PageData
  rows: PageRows
  /** Base64 of the compressed details. */
  details: readonly string[]
  files: readonly { type: string; content: string }[]
}

/** The page, piece by piece, so that it is never whole in memory. */
export function* pageText(parts: PageParts): Generator<string> {
  const { assets, data } = parts
  const title = `${data.plan?.name ?? data.name} · ${outcomeText(outcomeOf(data)).toUpperCase()} · ${data.name}`
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="${escapeHtml(data.made.by)}">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${assets.style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
${parts.header}
<div id="app"><noscript><p class="banner">This page shows its results with a script, which this browser does not run. All numbers are in the files beside it.</p></noscript></div>
`
  yield* block('page-data', 'application/json', scriptJson(data))
  yield* columns('page-rows', parts.rows)
  yield `<script>${assets.script}</script>\n`
  // What is needed only when a result is opened stands behind the script: the page is there before it is read.
  for (const [index, text] of parts.details.entries()) {
    yield* block(`details-${index}`, 'application/gzip', text)
  }
  for (const [index, { type, content }] of parts.files.entries()) {
    yield* block(`file-${index}`, type, content)
  }
  yield '</body>\n</html>\n'
}

/** Only the page's own script and style run; it loads nothing but media that lies in or beside it. */
function contentSecurityPolicy({ script, style }: PageAssets): string {
  const media = "'self' data: file:"
  return [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    `img-src ${media}`,
    `media-src ${media}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** As {@link block}, one column at a time: all of them as one text would take much memory. */
function* columns(id: string, rows: PageRows): Generator<string> {
  yield `<script id="${id}" type="application/json">{`
  for (const [index, [key, values]] of Object.entries(rows).entries()) {
    yield `${index === 0 ? '' : ','}${scriptJson(key)}:${scriptJson(values)}`
  }
  yield '}</script>\n'
}

function* block(id: string, type: string, content: string): Generator<string> {
  yield `<script id="${id}" type="${escapeHtml(type)}">`
  yield content
  yield '</script>\n'
}
