/** Checks what `npm pack` would publish: no tests, no sources, below 1.25 MB. */
import { execFileSync } from 'node:child_process'

/** An eighth of it is undici, bundled as every worker loads it: the package that it has replaced had 24 MB. */
const MAX_PACKED_BYTES = 1_250_000
const FORBIDDEN = /\.test\.|\.tsbuildinfo$|^(src|test|bench|scripts|scenarios|logs)\/|(?<!\.d)\.ts$/

/** What no other check would miss. */
const REQUIRED = [
  'dist/LICENSES.txt',
  ...['page.js', 'page.css', 'LICENSES.txt'].map((name) => `dist/report/page/${name}`),
]

interface Packed {
  size: number
  entryCount: number
  files: { path: string }[]
}

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const output = execFileSync(npm, ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
const [packed] = JSON.parse(output) as [Packed]
const wrong = packed.files.map(({ path }) => path).filter((path) => FORBIDDEN.test(path))
const paths = new Set(packed.files.map(({ path }) => path))
const absent = REQUIRED.filter((path) => !paths.has(path))
const size = `${(packed.size / 1000).toFixed(0)} kB, ${packed.entryCount} files`
if (wrong.length > 0) throw new Error(`The package holds what it must not: ${wrong.join(', ')}`)
if (absent.length > 0) throw new Error(`The package lacks what it needs: ${absent.join(', ')}`)
if (packed.size > MAX_PACKED_BYTES) throw new Error(`The package is too large: ${size}`)
console.log(`The package holds what it needs: ${size}`)
