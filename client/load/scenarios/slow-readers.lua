-- Some readers are slow: the others must not notice, and nothing may be lost
scenario = {
  title = "slow readers among quick ones",
  users = 120,
  duration = 20,
  warmup = 2,
  drain = 120,
  arrival = { rate = 600 },
  roles = { writer = 3, reader = 2, slow = 1 },
  data = { text_bytes = 512, sealed = true, reads_per_s = 3000 },
  thresholds = { errors = "<= 0" },
}

function writer()
  local me = user.login()
  -- Every third one writes to somebody slow.
  if me.number % 3 == 0 then
    me:keep_sending { to = me:friend("slow") }
  else
    me:keep_sending { to = me:friend("reader") }
  end
end

function reader()
  user.login()
  wait_for_end()
end

function slow()
  user.login { reads_per_s = scenario.data.reads_per_s }
  wait_for_end()
end
