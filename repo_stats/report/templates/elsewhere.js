if (location.protocol.startsWith("http")) {
  const folder = new URL(".", location).href.slice(0, -1);
  for (const code of document.querySelectorAll("#elsewhere code")) code.textContent = code.textContent.replaceAll("ADDRESS", folder);
  document.querySelector("#elsewhere .address").remove();
}
