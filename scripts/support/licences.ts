import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const NOT_OURS = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/

/** The licence of each bundled package; the same wording once, under all that have it. */
export function licencesOf(root: string, modules: readonly string[]): string {
  const names = new Set(modules.flatMap((id) => NOT_OURS.exec(id)?.[1] ?? []))
  const byWording = new Map<string, string[]>()
  for (const name of [...names].toSorted()) {
    const folder = join(root, 'node_modules', name)
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      version: string
    }
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    if (file === undefined) throw new Error(`${name} has no licence file`)
    const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n')
    const holders = text.split('\n').filter((line) => /^\s*copyright .*\d{4}/i.test(line))
    const wording = text
      .split('\n')
      .filter((line) => !holders.includes(line))
      .join('\n')
      .trim()
    const packages = byWording.get(wording) ?? []
    byWording.set(wording, packages)
    packages.push(`${name} ${version}: ${holders.map((line) => line.trim()).join('; ')}`)
  }
  return [...byWording]
    .map(([wording, packages]) => `${packages.join('\n')}\n\n${wording}\n`)
    .join('\n---\n\n')
}
