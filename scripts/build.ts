/** Builds `dist/`: declarations by the compiler, programs by the bundler. */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'
import { licencesOf } from './support/licences.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

/** What is loaded by its path: by Node, by Vitest, as a process of its own, or by a benchmark. */
const ENTRIES = [
  'index',
  'metrics/audio/decode-thread',
  'plugin/plugin',
  'plugin/global-setup',
  'scenario/index',
  'scenario/setup',
  'session/index',
  'session/machine/system-info-child',
  'telemetry/index',
  ...globSync('*/main.ts', { cwd: join(root, 'src') }).map((path) =>
    path.replaceAll('\\', '/').replace(/\.ts$/, ''),
  ),
]
/**
 * These every run loads while it is waited for: as one file they take a quarter of the time and half of the
 * memory. What is loaded only when it is needed stays a package of its own.
 */
const BUNDLED = new Set(['eventsource-parser', 'exceljs', 'execa', 'undici', 'yaml', 'zod'])
/**
 * What exceljs loads and our workbooks do not use: another archive, and a reader of XML. To load these takes longer than to
 * make a small workbook.
 */
const ABSENT = Object.fromEntries(
  ['archiver', 'readable-stream', 'saxes'].map((name) => [
    name,
    join(root, `scripts/support/absent/${name}.cjs`),
  ]),
)
/** Scenarios may use schemas of all kinds: they get the whole package. */
const WITH_ALL_OF_ZOD = /[\\/]src[\\/]scenario[\\/]/
/**
 * What this many entries share is one file, as each file takes a third of a millisecond to find, read and link: first what
 * nearly all processes load, and then what all load that have to do with a session. Small processes need no more than the first.
 */
const SHARED_BY = 12
const TOGETHER = [
  {
    name: 'base',
    test: /[\\/]src[\\/](?:errors|host[\\/]|plan[\\/]nearest|events[\\/](?:counts|domain|loadout-key|stem)\.)/,
    minShareCount: SHARED_BY,
    priority: 1,
  },
  { name: 'sessions', test: /[\\/]src[\\/](?:session|events)[\\/]/, minShareCount: SHARED_BY },
]

rmSync(dist, { recursive: true, force: true })
const compiler = join(root, 'node_modules/typescript/bin/tsc')
execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
})
const spellings = 'metrics/english-spellings.json'
cpSync(join(root, 'src', spellings), join(dist, spellings))

const built = (await build({
  configFile: false,
  root,
  logLevel: 'warn',
  publicDir: false,
  ssr: { noExternal: true },
  resolve: { alias: ABSENT },
  build: {
    ssr: true,
    target: 'node22',
    minify: false,
    outDir: dist,
    emptyOutDir: false,
    rolldownOptions: {
      input: Object.fromEntries(ENTRIES.map((entry) => [entry, join(root, `src/${entry}.ts`)])),
      external: isExternal,
      // The package's own list is about its built files.
      treeshake: { moduleSideEffects: (id) => !id.includes('node_modules') },
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name].js',
        codeSplitting: { groups: TOGETHER },
      },
    },
  },
})) as Rolldown.RolldownOutput

const chunks = built.output.filter((file) => file.type === 'chunk')
const modules = chunks.flatMap(({ moduleIds }) => moduleIds)
writeFileSync(join(dist, 'LICENSES.txt'), licencesOf(root, modules))
// In a clone npx starts the file itself; package managers do this only where they install.
chmodSync(join(dist, 'cli/main.js'), 0o755)
console.log(`The programs: ${chunks.length} files, ${modules.length} modules`)

function isExternal(id: string, importer = ''): boolean {
  if (id.startsWith('node:')) return true
  const isPath = /^(?:\.|\/|\0|[a-z]:)/i.test(id)
  if (isPath || importer.includes('node_modules')) return false
  return !BUNDLED.has(id.split('/')[0]!) || (id === 'zod' && WITH_ALL_OF_ZOD.test(importer))
}
