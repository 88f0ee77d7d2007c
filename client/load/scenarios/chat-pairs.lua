-- Pairs of people: one writes all the time, the other reads
scenario = {
  title = "pairs of people who write to each other",
  users = 200,
  duration = 10,
  warmup = 2,
  -- Closed: each writer keeps so many messages under way. Open with --rate N: N messages a second
  -- from all writers in turn, whatever the server makes of it.
  arrival = { window = 8 },
  roles = { writer = 1, reader = 1 },
  data = { text_bytes = 128, sealed = true },
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
