// A site that brings the widget as a package in its own bundle; the test serves package.js.
import { chatdesk, load } from './package.js'

chatdesk('on', 'ready', () => document.body.setAttribute('data-ready', ''))
chatdesk('prefill', 'From a bundle')
load({ gateway: '{{gateway}}', widgetKey: '{{key}}' })
// A component that is mounted again.
load({ gateway: '{{gateway}}', widgetKey: '{{key}}' })
