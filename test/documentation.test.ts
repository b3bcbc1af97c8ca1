import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { commands } from '../src/cli/commands.ts'
import { usageOf } from '../src/cli/completion/usage.ts'
import { gateNames, parsePlan } from '../src/plan/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...globSync('docs/*.md', { cwd: root }),
]
  .map((name) => name.replaceAll('\\', '/'))
  .toSorted()
const read = (page: string): string => readFileSync(join(root, page), 'utf8')
const LONGEST_PAGE = 250
const LARGEST_PICTURE = 150 * 1_024
const FENCED = /^ *```(\w*)\n([^]*?)^ *```$/gmu

/** The fenced parts of a page in one language. */
function fenced(page: string, ...languages: string[]): string[] {
  const found = [...read(page).matchAll(FENCED)]
  return found.filter(([, language]) => languages.includes(language!)).map(([, , text]) => text!)
}

/** What a page says outside its fenced parts. */
function prose(page: string): string {
  return read(page).replaceAll(FENCED, '')
}

/** How a heading is linked to. */
function slugOf(heading: string): string {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, '$1').toLowerCase()
  return plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
}

function headings(page: string): Set<string> {
  return new Set([...prose(page).matchAll(/^#{1,6} (.*)$/gmu)].map(([, text]) => slugOf(text!)))
}

describe.each(pages)('%s', (page) => {
  test(`has no more than ${LONGEST_PAGE} lines`, () => {
    expect(read(page).split('\n').length - 1).toBeLessThanOrEqual(LONGEST_PAGE)
  })

  test('has links that lead somewhere', () => {
    const links = [...prose(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/gu)].map(
      ([, to]) => to!,
    )
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#')
      const file = path === '' ? page : join(dirname(page), path).replaceAll('\\', '/')
      if (!existsSync(join(root, file))) return true
      return anchor !== undefined && file.endsWith('.md') && !headings(file).has(anchor)
    })
    expect(broken).toEqual([])
  })

  test('has commands that there are, with options that they take', async () => {
    const text = [...fenced(page, 'sh', 'bash', 'fish'), ...inline(page)].join('\n')
    const calls = jarvisCalls(text)
    const wrong = await Promise.all(calls.map((words) => mistakeOf(words)))
    expect(wrong.filter((mistake) => mistake !== null)).toEqual([])
    // All commands are loaded once.
  }, 180_000)

  test('has plans that are valid', () => {
    const plans = fenced(page, 'yaml').filter((text) =>
      /^(?:execution|gates|settings|cluster):/mu.test(text),
    )
    for (const text of plans) {
      const whole = /^execution:/mu.test(text)
        ? text
        : `execution: [{ domain: llm, loadouts: sim://a }]\n${text}`
      const named = /^name:/mu.test(whole) ? whole : `name: Example\n${whole}`
      expect(() => parsePlan(named, 'plans/example.yaml', { env: ENV })).not.toThrow()
    }
  })

  test('names npm scripts and files of this repository that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const all = read(page)
    const asked = [...all.matchAll(/npm run ([a-z][\w:]*)/gu)].map(([, name]) => name!)
    const own = new Set(['scenarios', 'jarvis', ...Object.keys(scripts)])
    expect(asked.filter((name) => !own.has(name))).toEqual([])
    const paths = [...all.matchAll(/`((?:src|test|scripts|bench)\/[\w./-]+\.(?:ts|py|gram))`/gu)]
    expect(paths.map(([, path]) => path!).filter((path) => !existsSync(join(root, path)))).toEqual(
      [],
    )
  })

  test('has YAML and JSON that can be read', () => {
    for (const text of fenced(page, 'yaml')) expect(() => parse(text)).not.toThrow()
    for (const text of fenced(page, 'json')) expect(() => JSON.parse(text)).not.toThrow()
  })
})

test('what pages show of scenarios and configurations is what is run and written elsewhere', () => {
  const guide = fenced('docs/writing-scenarios.md', 'ts')
  expect(guide).toEqual(expect.arrayContaining(fenced('docs/quick-start.md', 'ts')))
  const [config] = fenced('docs/editors.md', 'ts')
  expect(read('src/cli/init/init.ts')).toContain(config!.trim())
})

test('the pictures are small', () => {
  const pictures = globSync('docs/pictures/*', { cwd: root })
  expect(pictures).toHaveLength(2)
  const large = pictures.filter((name) => statSync(join(root, name)).size > LARGEST_PICTURE)
  expect(large).toEqual([])
})

test('each page of docs can be reached from the README', () => {
  const linked = new Set(
    [...read('README.md').matchAll(/\((docs\/[\w-]+\.md)/gu)].map(([, to]) => to!),
  )
  expect(pages.filter((page) => page.startsWith('docs/') && !linked.has(page))).toEqual([])
})

test('what is said of a message in docs/troubleshooting.md is a message that there is', () => {
  const source = globSync('src/**/*.ts', {
    cwd: root,
    exclude: (name) => name.endsWith('.test.ts'),
  })
    .map((name) => readFileSync(join(root, name), 'utf8'))
    .join('\n')
    .replaceAll(/\$\{[^}]*\}/gu, '…')
  const rows = [...prose('docs/troubleshooting.md').matchAll(/^\| (`[^|]*`) +\|/gmu)]
  const messages = rows.flatMap(([, cell]) =>
    [...cell!.matchAll(/`([^`]+)`/gu)].map(([, text]) => text!),
  )
  expect(messages.length).toBeGreaterThan(15)
  const parts = messages.flatMap((message) =>
    message.split(/…|HOST|NAME/u).map((part) => part.trim()),
  )
  expect(parts.filter((part) => part.length > 3 && !source.includes(part))).toEqual([])
})

/** What plans of the pages take of it. */
const ENV = { API_KEY: 'x', HF_HOME: '/x' }

/** Commands within a line of prose; what has an ellipsis is a message, or a part of a command. */
function inline(page: string): string[] {
  const found = prose(page).matchAll(/`((?:npx --no-install )?jarvis [a-z][^`\n…]*)`/gu)
  return [...found].map(([, text]) => text!)
}

/** The words of each call of `jarvis` in some lines. */
function jarvisCalls(text: string): string[][] {
  return text.split(/\n|&&|\||;|\$\(|<\(/u).flatMap((line) => {
    const bare = line.replace(/\s#.*$/u, '').trim()
    const [, rest] =
      /^(?:[A-Z_]+=\S+ )*(?:npx --no-install |exec node_modules\/\.bin\/)?jarvis (\S.*)$/u.exec(
        bare,
      ) ?? []
    return rest === undefined ? [] : [rest.match(/'[^']*'|"[^"]*"|[^\s)]+/gu) ?? []]
  })
}

/** What of a call is no command, or no option of it. */
async function mistakeOf([name = '', ...words]: string[]): Promise<string | null> {
  if (/^(?:--version|--help|COMMAND|help|\$.*|"\$@"|@args)$/u.test(name)) return null
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) return name
  const { options } = usageOf((await command.load()).help)
  // What follows is for Vitest.
  if (name === 'run' || name === 'resume') return null
  const known = new Set(options.map((option) => option.name))
  const shorts = new Set(options.map(({ short }) => short))
  const gates = new Set(gateNames.map((gate) => gate.replaceAll('_', '-')))
  const wrong = words.find((word) => {
    const [, long, short] = /^(?:--([a-z][\w-]*)|-(\w))(?:=.*)?$/u.exec(word) ?? []
    if (long !== undefined) return !known.has(long) && !(name === 'check' && gates.has(long))
    return short !== undefined && !shorts.has(short)
  })
  return wrong === undefined ? null : `${name} ${wrong}`
}
