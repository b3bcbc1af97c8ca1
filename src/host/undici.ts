/*
 * Of undici that which is used here. Its index loads mocks, caches and cookies besides: it takes twice the time, and has
 * Node load its own client too.
 */
import connect from 'undici/lib/api/api-connect.js'
import buildConnector from 'undici/lib/core/connect.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js'
import forms from 'undici/lib/web/fetch/formdata.js'
import web from 'undici/lib/web/fetch/index.js'

// As the index does it: a proxy is asked for connections by this method.
Object.assign(Dispatcher.prototype, { connect })

const { fetch } = web
const { FormData } = forms

export { Agent, buildConnector, EnvHttpProxyAgent, fetch, FormData }
