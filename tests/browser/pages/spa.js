// A single-page app: every link changes the address and draws the page anew, body and all.
const show = name => {
  const body = document.createElement('body')
  const nav = document.querySelector('nav')
  const main = document.createElement('main')
  const title = document.createElement('h1')
  title.textContent = name
  main.append(title)
  body.append(nav, main)
  document.title = `${name}, Kiln & Fern`
  document.body.replaceWith(body)
}

addEventListener('click', event => {
  const link = event.target.closest?.('nav a')
  if (!link || link.hash) return
  event.preventDefault()
  history.pushState({}, '', link.href)
  show(link.textContent)
})
addEventListener('popstate', () => show(location.pathname.split('/').at(-1)))
