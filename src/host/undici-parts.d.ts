declare module 'undici/lib/web/fetch/index.js' {
  const exported: Pick<typeof import('undici'), 'fetch'>
  export default exported
}

declare module 'undici/lib/web/fetch/formdata.js' {
  const exported: Pick<typeof import('undici'), 'FormData'>
  export default exported
}

declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici'
}

declare module 'undici/lib/dispatcher/env-http-proxy-agent.js' {
  export { EnvHttpProxyAgent as default } from 'undici'
}

declare module 'undici/lib/dispatcher/dispatcher.js' {
  export { Dispatcher as default } from 'undici'
}

declare module 'undici/lib/api/api-connect.js' {
  const connect: import('undici').Dispatcher['connect']
  export default connect
}

declare module 'undici/lib/core/connect.js' {
  export { buildConnector as default } from 'undici'
}
