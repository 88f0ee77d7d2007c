-- People page through old messages while others chat
scenario = {
  title = "readers of old messages beside a chat",
  users = 60,
  duration = 10,
  warmup = 3,
  arrival = { rate = 300 },
  roles = { writer = 1, reader = 1, digger = 1 },
  data = { page = 50, pages = 20, text_bytes = 128, sealed = true },
  thresholds = { errors = "<= 0" },
}

function writer()
  local me = user.login()
  me:keep_sending { to = me:friend("reader") }
end

function reader()
  user.login()
  wait_for_end()
end

-- Has written something, and reads back page by page to the beginning, over and over.
function digger()
  local me = user.login()
  local friend = me:friend("reader")
  for line = 1, 10 do me:send(friend, "line " .. line) end
  while running() do
    local before = 0
    for page = 1, scenario.data.pages do
      local count, first = me:history(friend, { limit = scenario.data.page, before = before })
      if not count or count == 0 or first <= 1 then break end
      before = first
    end
    sleep(0.01)
  end
end
