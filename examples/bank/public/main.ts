// Each widget is a module of its own and fills one section of the page. None knows of another; all listen to the
// session.
import './widgets/who.ts'
import './widgets/greeting.ts'
import './widgets/total.ts'
import './widgets/accounts.ts'
import './widgets/transfer.ts'
import './widgets/activity.ts'
