-- One premium member speaks to everybody, beside a chat that must not suffer (--premium-codes FILE)
scenario = {
  title = "broadcasts to a crowd, beside a chat",
  users = 1000,
  duration = 10,
  warmup = 2,
  arrival = { rate = 500 },
  -- Codes go to the first accounts, and roles take accounts in the order of their names.
  roles = { announcer = 1, listener = 979, reader = 10, writer = 10 },
  data = { every_s = 1, text_bytes = 128, sealed = true },
  thresholds = { errors = "<= 0" },
}

function announcer()
  local me = user.login { listen = false }
  while running() do
    me:broadcast("broadcast at " .. elapsed())
    sleep(scenario.data.every_s)
  end
end

function listener()
  user.login()
  wait_for_end()
end

function writer()
  local me = user.login()
  me:keep_sending { to = me:friend("reader") }
end

function reader()
  user.login()
  wait_for_end()
end
