-- People come, write a little, read what waits, and leave; some without a goodbye
scenario = {
  title = "people who come and go",
  users = 200,
  duration = 20,
  warmup = 2,
  login = "story",
  tls = "resumed",
  think = { 0.05, 0.5 },
  data = { text_bytes = 128, sealed = true },
  thresholds = { errors = "<= 0" },
}

function person()
  while running() do
    local me = user.login()
    for message = 1, math.random(1, 5) do
      me:send(me:friend())
      think()
    end
    if math.random() < 0.3 then me:drop() else me:logout() end
    think()
  end
end
