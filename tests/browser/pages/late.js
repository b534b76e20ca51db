// As consent banners do: the script is put on the page when somebody agrees.
document.getElementById('consent').addEventListener('click', () => {
  const policy = trustedTypes.createPolicy('consent', { createScriptURL: address => address })
  const script = document.createElement('script')
  script.src = policy.createScriptURL('{{gateway}}/widget.js')
  script.dataset.widgetKey = '{{key}}'
  document.head.append(script)
})
