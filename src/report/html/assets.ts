import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** What a browser runs: built from src/report/page. */
export interface PageAssets {
  script: string
  style: string
}

const CANDIDATES = ['../page/', '../../../dist/report/page/']

/** Reads the built script and style of the page. @throws Error where the package was not built */
export async function readAssets(): Promise<PageAssets> {
  for (const folder of CANDIDATES) {
    const read = (name: string): Promise<string> =>
      readFile(fileURLToPath(new URL(folder + name, import.meta.url)), 'utf8')
    try {
      // oxlint-disable-next-line no-await-in-loop -- the second only where the first is not there
      const [script, style] = await Promise.all([read('page.js'), read('page.css')])
      return { script, style }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new Error('The script of the page is not there: build the package with `npm run build`')
}
