type Release = readonly [major: number, minor: number]

/** The first releases that will do, each of its own line; the last stands for all lines after it as well. */
const FLOORS: Readonly<Record<'Node' | 'Vitest', readonly Release[]>> = {
  Node: [
    [22, 18],
    [24, 11],
  ],
  Vitest: [[5, 1]],
}
const ADVICE = 'Put both into the project: npm install --save-dev node@24 vitest@5'

/**
 * Why jarvis cannot run on that version, and what to do about it; null where it can. Package managers only warn of a wrong
 * version, and on an old Node they choose an old Vitest: without this the user would see the first thing that such a
 * version lacks.
 */
export function unsupported(what: 'Node' | 'Vitest', version: string): string | null {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  const floors = FLOORS[what]
  const last = floors.at(-1)!
  const fits = floors.some((floor) => major === floor[0] && minor >= floor[1])
  if (fits || major > last[0]) return null
  const needed = floors.map((floor) => floor.join('.')).join(' or ')
  return `jarvis needs ${what} ${needed} or newer, and this is ${version}. ${ADVICE}`
}

/**
 * Why jarvis cannot run on what runs this process, and what to do about it; null where it can. Bun says that it is a
 * Node, and Yarn's Plug'n'Play puts packages into archives, in which neither Vite nor a process of ours finds its files.
 */
export function unsupportedRuntime(
  versions: Readonly<Partial<Record<string, string>>>,
  env: Readonly<Partial<Record<string, string>>> = {},
): string | null {
  if (versions['bun'] !== undefined) {
    return `jarvis runs on Node, and this is Bun ${versions['bun']}. Leave out --bun: bun run vitest run --config jarvis`
  }
  if (versions['pnp'] !== undefined) {
    return "jarvis does not run under Yarn's Plug'n'Play. Put `nodeLinker: node-modules` into .yarnrc.yml and run: yarn install"
  }
  const why = unsupported('Node', versions['node'] ?? '')
  if (why === null || env['VITEST_VSCODE'] !== 'true') return why
  return `${why}, and name that Node in .vscode/settings.json: "${VSCODE_NODE}": "${projectNode()}"`
}

/** The setting of the extension of VS Code for the Node that it starts. */
export const VSCODE_NODE = 'vitest.nodeExecutable'

/** Where `npm install node` puts it, from the folder that is open in the editor. */
export function projectNode(platform: NodeJS.Platform = process.platform): string {
  return `./node_modules/node/bin/node${platform === 'win32' ? '.exe' : ''}`
}
