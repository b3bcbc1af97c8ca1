/** Bundles what a browser runs of report.html into dist/report/page: one script, one style sheet, the licences. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'
import { licencesOf } from './support/licences.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const outDir = join(root, 'dist/report/page')

const built = (await build({
  configFile: false,
  root: join(root, 'src/report/page'),
  logLevel: 'warn',
  build: {
    write: false,
    target: 'es2023',
    // The style sheet uses what browsers know since 2024, such as light-dark().
    cssTarget: ['chrome123', 'firefox121', 'safari17.5'],
    modulePreload: false,
    rollupOptions: {
      input: {
        page: join(root, 'src/report/page/main.ts'),
        style: join(root, 'src/report/page/page.css'),
      },
      output: { format: 'es', entryFileNames: '[name].js', assetFileNames: 'page.[ext]' },
    },
  },
})) as Rolldown.RolldownOutput

const script = built.output.find((file) => file.type === 'chunk' && file.name === 'page')
const style = built.output.find(({ fileName }) => fileName === 'page.css')
if (script?.type !== 'chunk' || style?.type !== 'asset') throw new Error('The page has no script')
if (script.imports.length > 0) throw new Error('The page is to be one script')

const licences = licencesOf(root, script.moduleIds).replaceAll('*/', '* /')
rmSync(outDir, { recursive: true, force: true })
mkdirSync(outDir, { recursive: true })
writeFileSync(
  join(outDir, 'page.js'),
  `/*!\n${licences}*/\n(()=>{'use strict';${inScript(script.code)}})()\n`,
)
writeFileSync(join(outDir, 'page.css'), style.source)
writeFileSync(join(outDir, 'LICENSES.txt'), licences)
const kilobytes = (script.code.length / 1_000).toFixed(0)
console.log(`The page's script: ${kilobytes} kB, ${script.moduleIds.length} modules`)

/** What ends a script element, or lets the parser look for another one, never stands in the code. */
function inScript(code: string): string {
  return code
    .trim()
    .replaceAll(/<\/(script)/gi, String.raw`<\/$1`)
    .replaceAll('<!--', String.raw`<\!--`)
}
