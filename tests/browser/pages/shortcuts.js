// Single keys do things, unless one types into a field of the page; and a dialog of the page wants to keep the focus.
const heard = document.getElementById('heard')
for (const type of ['keydown', 'keypress', 'keyup']) {
  document.addEventListener(type, event => {
    if (event.target.matches('input, textarea') || event.key === 'Escape') return
    event.preventDefault()
    if (type === 'keydown') heard.textContent += event.key
  })
}
document.addEventListener('focusin', event => {
  if (document.body.contains(event.target) || document.documentElement.contains(event.target))
    document.querySelector('h1').focus()
})
document.querySelector('h1').tabIndex = -1
