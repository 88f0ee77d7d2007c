-- A crowd that is logged in and silent: what a session costs
scenario = {
  title = "a silent crowd",
  users = 1000,
  duration = 10,
  thresholds = { errors = "<= 0", disconnects = "<= 0" },
}

function person()
  user.login()
  wait_for_end()
end
