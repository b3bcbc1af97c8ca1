/** Checks what `npm pack` makes: what publint and attw say of it, no tests, no sources, nothing that npm would run, below 1.35 MB. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/**
 * An eighth of it is undici, bundled as every worker loads it: the package that it has replaced had 24 MB. Seven per cent are
 * exceljs without what no workbook of ours uses.
 */
const MAX_PACKED_BYTES = 1_620_000
const FORBIDDEN = /\.test\.|\.tsbuildinfo$|^(src|test|bench|scripts|scenarios|logs)\/|(?<!\.d)\.ts$/

/** What no other check would miss. */
const REQUIRED = [
  'dist/LICENSES.txt',
  ...['page.js', 'page.css', 'LICENSES.txt'].map((name) => `dist/report/page/${name}`),
]

/** What npm runs by itself where a package is installed or taken from a folder. */
const RUN_BY_NPM = [
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
]

interface Packed {
  filename: string
  size: number
  entryCount: number
  files: { path: string }[]
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx'
const before = readFileSync('package.json', 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'jarvis-pack-'))
const output = execFileSync(npm, ['pack', '--json', '--pack-destination', folder], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
// What scripts print stands before it.
const [packed] = JSON.parse(output.slice(output.search(/^\[$/m))) as [Packed]
const tarball = join(folder, packed.filename)
const scripts = scriptsIn(gunzipSync(readFileSync(tarball)))
// Both would pack it again by themselves.
for (const words of [
  ['publint', tarball, '--strict'],
  ['attw', tarball, '--profile', 'esm-only'],
]) {
  execFileSync(npx, words, { stdio: 'inherit', shell: process.platform === 'win32' })
}
rmSync(folder, { recursive: true })
const run = RUN_BY_NPM.filter((name) => name in scripts)
if (run.length > 0) throw new Error(`npm would run of the package: ${run.join(', ')}`)
if (readFileSync('package.json', 'utf8') !== before) throw new Error('Packing changes package.json')
const wrong = packed.files.map(({ path }) => path).filter((path) => FORBIDDEN.test(path))
const paths = new Set(packed.files.map(({ path }) => path))
const absent = REQUIRED.filter((path) => !paths.has(path))
const size = `${(packed.size / 1000).toFixed(0)} kB, ${packed.entryCount} files`
if (wrong.length > 0) throw new Error(`The package holds what it must not: ${wrong.join(', ')}`)
if (absent.length > 0) throw new Error(`The package lacks what it needs: ${absent.join(', ')}`)
if (packed.size > MAX_PACKED_BYTES) throw new Error(`The package is too large: ${size}`)
console.log(`The package holds what it needs: ${size}`)

/** Those of package.json within a tape archive. */
function scriptsIn(archive: Buffer): Record<string, string> {
  const BLOCK = 512
  const at = archive.indexOf('package/package.json\0')
  const size = Number.parseInt(archive.toString('latin1', at + 124, at + 136), 8)
  const text = archive.toString('utf8', at + BLOCK, at + BLOCK + size)
  return (JSON.parse(text) as { scripts: Record<string, string> }).scripts
}
