import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** What `npm publish` sends. */
interface Publication {
  name: string
  'dist-tags': Record<string, string>
  versions: Record<string, { dist: Record<string, string> }>
  _attachments: Record<string, { data: string }>
}

/** A stand-in of npm's registry, of which it knows publishing a package, looking it up and fetching it. */
export async function startRegistry(): Promise<{ url: string; close(): void }> {
  const packages = new Map<string, Publication>()
  const tarballs = new Map<string, Buffer>()
  let url = ''
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(request.url!.slice(1))
    if (request.method === 'PUT') {
      const publication = (await json(request)) as Publication
      const [data] = Object.values(publication._attachments).map((part) =>
        Buffer.from(part.data, 'base64'),
      )
      const file = `tarballs/${createHash('sha256').update(data!).digest('hex')}.tgz`
      tarballs.set(file, data!)
      for (const { dist } of Object.values(publication.versions)) dist['tarball'] = `${url}${file}`
      packages.set(publication.name, publication)
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"ok":true}')
      return
    }
    const tarball = tarballs.get(path)
    if (tarball !== undefined) {
      response.end(tarball)
      return
    }
    const known = packages.get(path)
    const { _attachments: _, ...told } = known ?? { _attachments: {}, error: 'not found' }
    response.writeHead(known === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(told))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return { url, close: () => void server.close() }
}
